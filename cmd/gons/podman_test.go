package main

import (
	"bytes"
	"errors"
	"os"
	osexec "os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"gons/internal/nstest"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestPodman runs testdata/podman/*.txtar, one after the other, with all files of podman below a directory of the test and in its /run. The
// image "bb" has a busybox. $PROGRAM is gons, for any user to run, and $ROOTLESS a directory of the user "nobody" with a
// configuration of podman and the file image.tar.
func TestPodman(t *testing.T) {
	nstest.NeedRoot(t)
	for _, tool := range []string{"podman", "conmon", "runc", "busybox"} {
		if _, err := nstest.FindTool(tool); err != nil && tool == "conmon" {
			continue // podman knows where it is
		}
		nstest.NeedTool(t, tool)
	}
	before, err := mountPoints("/")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	env := podmanConfig(t, dir, "/run/containers/storage")
	for key, value := range env {
		t.Setenv(key, value)
	}
	t.Cleanup(func() {
		remove := []string{"rm", "--force", "--all", "--time", "0"}
		_ = osexec.Command("podman", remove...).Run() // it does not sort out which containers need which
		for _, args := range [][]string{remove, {"rmi", "--force", "--all"}} {
			if out, err := osexec.Command("podman", args...).CombinedOutput(); err != nil {
				t.Errorf("podman %v: %v\n%s", args, err, out)
			}
		}
		unmountNew(t, before)
	})
	image := imageOf(t, nil)
	load := osexec.Command("podman", "import", "-", "bb")
	load.Stdin = bytes.NewReader(image)
	if out, err := load.CombinedOutput(); err != nil {
		t.Fatalf("import image: %v\n%s", err, out)
	}
	program := buildProgram(t)
	rootless := rootlessDir(t, image)
	runScripts(t, "testdata/podman", func(p *testscript.Params) {
		setup := p.Setup
		p.Setup = func(e *testscript.Env) error {
			for key, value := range env {
				e.Setenv(key, value)
			}
			e.Setenv("PROGRAM", program)
			e.Setenv("ROOTLESS", rootless)
			return setup(e)
		}
	})
}

// rootlessDir makes the home of a user who runs containers of his own.
func rootlessDir(t *testing.T, image []byte) string {
	t.Helper()
	dir := openTempDir(t)
	podmanConfig(t, dir, dir+"/run/storage")
	err := errors.Join(os.WriteFile(filepath.Join(dir, "image.tar"), image, 0o644), os.Mkdir(filepath.Join(dir, "run"), 0o700))
	for _, name := range []string{"", "run"} {
		err = errors.Join(err, os.Chown(filepath.Join(dir, name), nobody, nobody))
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, args := range [][]string{{"rm", "--force", "--all"}, {"rmi", "--force", "--all"}, {"system", "migrate"}} {
			cmd := osexec.Command("podman", args...)
			cmd.Env = append(os.Environ(), "HOME="+dir, "TMPDIR="+dir, "XDG_RUNTIME_DIR="+dir+"/run",
				"CONTAINERS_CONF="+dir+"/containers.conf", "CONTAINERS_STORAGE_CONF="+dir+"/storage.conf")
			cmd.Dir = dir
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("podman %v: %v\n%s", args, err, out)
			}
		}
	})
	return dir
}

// nobody is the user and the group of that name, which need no entry in /etc/subuid: ownership is ignored.
const nobody = 65534

// podmanConfig writes the configuration of a podman that keeps to dir and returns the environment that makes podman read it.
func podmanConfig(t *testing.T, dir, run string) map[string]string {
	t.Helper()
	files := map[string]string{
		// Without systemd, and with limits that a root without CAP_SYS_RESOURCE can set as well.
		"containers.conf": "[containers]\ndefault_ulimits=[\"nofile=1024:1024\",\"nproc=1024:1024\"]\n" +
			"[engine]\ncgroup_manager=\"cgroupfs\"\nevents_logger=\"file\"\nruntime=\"runc\"\n",
		"storage.conf": "[storage]\ndriver=\"vfs\"\ngraphroot=\"" + dir + "/storage\"\nrunroot=\"" + run + "\"\n" +
			"[storage.options.vfs]\nignore_chown_errors=\"true\"\n",
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return map[string]string{
		"CONTAINERS_CONF":         filepath.Join(dir, "containers.conf"),
		"CONTAINERS_STORAGE_CONF": filepath.Join(dir, "storage.conf"),
	}
}
