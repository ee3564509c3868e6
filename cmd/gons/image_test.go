package main

import (
	"archive/tar"
	"bytes"
	"io"
	"os"
	osexec "os/exec"
	"testing"

	"gons/internal/nstest"
)

// importImage makes an image of a static busybox and more files.
func importImage(t *testing.T, name string, files map[string]string) {
	t.Helper()
	cmd := osexec.Command("docker", "import", "-", name)
	cmd.Stdin = bytes.NewReader(imageOf(t, files))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("import image: %v\n%s", err, out)
	}
}

// imageOf is a tar file with /bin/busybox under a few of its names, and with files.
func imageOf(t *testing.T, files map[string]string) []byte {
	t.Helper()
	busybox, err := nstest.FindTool("busybox")
	if err != nil {
		t.Fatal(err)
	}
	var image bytes.Buffer
	w := tar.NewWriter(&image)
	add := func(header tar.Header, content io.Reader) {
		if err := w.WriteHeader(&header); err != nil {
			t.Fatal(err)
		}
		if content != nil {
			if _, err := io.Copy(w, content); err != nil {
				t.Fatal(err)
			}
		}
	}
	addFile := func(name, path string) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		add(tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o755, Size: int64(len(data))}, bytes.NewReader(data))
	}
	for _, dir := range []string{"bin", "proc", "sys", "dev", "etc", "run", "tmp"} {
		add(tar.Header{Name: dir + "/", Typeflag: tar.TypeDir, Mode: 0o755}, nil)
	}
	add(tar.Header{Name: "var/run", Linkname: "/run", Typeflag: tar.TypeSymlink}, nil)
	addFile("bin/busybox", busybox)
	for _, applet := range []string{"sh", "sleep", "ip", "ping", "cat", "ls", "echo", "true"} {
		add(tar.Header{Name: "bin/" + applet, Linkname: "busybox", Typeflag: tar.TypeSymlink}, nil)
	}
	for name, path := range files {
		addFile(name, path)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return image.Bytes()
}
