package ipgrammar

import (
	"strconv"
	"strings"
	"testing"
)

func TestNumber(t *testing.T) {
	for word, want := range map[string]int{
		"0": 0, "7": 7, "010": 8, "0x10": 16, "0XfF": 255, "+12": 12, "-1": -1, " \t7": 7, "-0x5": -5,
		"2147483647": 1<<31 - 1, "-2147483648": -1 << 31, "00": 0,
	} {
		if got, ok := number(word); got != want || !ok {
			t.Errorf("%q is %d, %v", word, got, ok)
		}
	}
	for _, word := range []string{
		"", " ", "+", "-", "x", "08", "0x", "0xg", "1x", "1 ", "2147483648", "0xffffffff", "+-1", "--1", "0x-1", "1_000", "0b1", "0o7",
	} {
		if got, ok := number(word); ok {
			t.Errorf("%q is %d, want none", word, got)
		}
	}
}

// Go reads numbers with a base in front as C does, but for binary numbers, "0o" and underscores.
func FuzzNumber(f *testing.F) {
	f.Add("0x10")
	f.Add(" -017")
	f.Fuzz(func(t *testing.T, word string) {
		got, ok := number(word)
		if strings.ContainsAny(strings.ToLower(word), "_o") || strings.Contains(strings.ToLower(word), "0b") && !strings.Contains(strings.ToLower(word), "0x") {
			return
		}
		want, err := strconv.ParseInt(strings.TrimLeft(word, " \t\n\v\f\r"), 0, 32)
		if ok != (err == nil) || ok && int64(got) != want {
			t.Errorf("%q is %d, %v; Go has %d, %v", word, got, ok, want, err)
		}
	})
}
