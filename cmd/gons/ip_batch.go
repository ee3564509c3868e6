package main

import (
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"gons/internal/ipgrammar"

	"golang.org/x/sys/unix"
)

// ipBatch does a file line by line. line is the command line that asks for it.
func (c *cli) ipBatch(call *ipgrammar.Call, line []string) error {
	in := os.Stdin
	if call.Name != "-" {
		file, err := os.Open(call.Name)
		if err != nil {
			return ipFailed("Cannot open file \"%s\" for reading: %s", call.Name, strerror(err))
		}
		if other, err := nextIP(); err == nil && !other.isBusybox() && isForeign(file) {
			return c.handOn(&ipgrammar.Call{Args: line}) // thousands of lines in one process
		}
		// As with ip(8) the file is the standard input of the commands in it.
		if fd := int(file.Fd()); fd != 0 {
			if err := unix.Dup3(fd, 0, 0); err != nil {
				return os.NewSyscallError("dup3", err)
			}
		}
		in = file
	}
	batch := ipgrammar.NewBatch(in)
	var result error
	for {
		words, err := batch.Next()
		var refused *ipgrammar.Error
		switch {
		case errors.Is(err, io.EOF):
			return result
		case errors.As(err, &refused) && refused.Status == 0:
			c.reportIP(err)
			return result
		case errors.As(err, &refused):
			return err
		case err != nil:
			return ipFailed("Cannot read file \"%s\": %s", call.Name, strerror(err))
		}
		over, err := c.ipBatchLine(call, words)
		if err == nil {
			continue
		}
		if over {
			return err
		}
		c.reportIP(err)
		result = ipFailed("Command failed %s:%d", call.Name, batch.Line())
		if !call.Force {
			return result
		}
		c.reportIP(result)
		result = exitStatus(ipgrammar.StatusFailed)
	}
}

// ipBatchLine does one line, which starts with an object. Some errors mean that the batch is over, even with -force: wrong usage, and
// a command that was killed by a signal.
func (c *cli) ipBatchLine(call *ipgrammar.Call, words []string) (over bool, err error) {
	if ipgrammar.IsNetns(words[0]) {
		err := c.ipNetns(call.Options, words[1:], true)
		var refused *ipgrammar.Error
		wrong := errors.As(err, &refused) && refused.Status == ipgrammar.StatusUsage
		return wrong || isEnd(err), err
	}
	if strings.HasPrefix(words[0], "-") {
		return false, ipFailed("Object \"%s\" is unknown, try \"ip help\".", words[0])
	}
	other, err := nextIP()
	if err != nil {
		return false, c.noIP(&ipgrammar.Call{Object: words[0]}, err)
	}
	err = other.run(slices.Concat(call.Args, words))
	return errors.Is(err, exitStatus(ipgrammar.StatusUsage)) || isEnd(err), err
}

func isEnd(err error) bool { return errors.Is(err, errKilled) || errors.Is(err, errStopped) }

// isForeign tells whether no line of file is about namespaces. It leaves the file at its beginning.
func isForeign(file *os.File) bool {
	// A pipe cannot be read twice.
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return false
	}
	batch := ipgrammar.NewBatch(file)
	foreign := true
	for foreign {
		words, err := batch.Next()
		if err != nil {
			break // at the end, or at a line that is to be complained about later
		}
		foreign = !ipgrammar.IsNetns(words[0])
	}
	_, err := file.Seek(0, io.SeekStart)
	return foreign && err == nil
}
