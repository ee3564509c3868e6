package exec

import (
	"os"
	"testing"

	"gons/internal/nstest"
)

func TestMain(m *testing.M) { os.Exit(nstest.Main(m).Run()) }
