// Hello is the server of scripts/demo, and the client that asks it. It speaks HTTP, so any browser can ask too.
//
//	hello serve ADDRESS
//	hello get ADDRESS
package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

// patience bounds how long a connection may take.
const patience = 2 * time.Second

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "hello:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 2 && args[0] == "serve" {
		return serve(args[1])
	}
	if len(args) == 2 && args[0] == "get" {
		return get(args[1], os.Stdout)
	}
	return fmt.Errorf("usage: hello {serve | get} ADDRESS")
}

// serve answers until it is killed.
func serve(address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		go answer(conn)
	}
}

// answer reads a request up to the empty line and says where the server runs. A client that goes away early is no error.
func answer(conn net.Conn) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	for in := bufio.NewScanner(conn); in.Scan() && in.Text() != ""; {
	}
	namespace, _ := os.Readlink("/proc/thread-self/ns/net")
	text := fmt.Sprintf("hello from process %d in %s %s\n", os.Getpid(), os.Getenv("GONS_NETNS"), namespace)
	fmt.Fprintf(conn, "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s", len(text), text)
}

// get writes the body of the answer to w.
func get(address string, w io.Writer) error {
	conn, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(conn, "GET / HTTP/1.0\r\nHost: %s\r\n\r\n", address); err != nil {
		return err
	}
	in := bufio.NewReader(conn)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return fmt.Errorf("read answer of %s: %w", address, err)
		}
		if line == "\r\n" {
			break
		}
	}
	_, err = io.Copy(w, in)
	return err
}
