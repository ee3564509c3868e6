package mounts

import (
	"os"
	"testing"

	"gons/internal/nstest"
	"gons/internal/nsthread"
)

func TestMain(m *testing.M) { os.Exit(nstest.Main(m).Run()) }

// inside runs fn on a thread with a network and a mount namespace of its own. fn must not call t.Fatal, which would end
// the goroutine without an answer: it calls must.
func inside(t *testing.T, fn func()) {
	t.Helper()
	err := nsthread.Do(func(thread *nsthread.Thread) (err error) {
		defer func() {
			if stop, ok := recover().(stopped); ok {
				err = stop.error
			}
		}()
		must(t, thread.NewNet())
		must(t, thread.NewMount())
		must(t, Cut(Slave))
		fn()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// stopped is what must panics with.
type stopped struct{ error }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		panic(stopped{err})
	}
}

// noWarning is a warn function for what has to go well.
func noWarning(t *testing.T) func(error) {
	return func(err error) { t.Errorf("warning: %v", err) }
}
