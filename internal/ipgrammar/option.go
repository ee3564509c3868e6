package ipgrammar

import "strings"

// An optionName is an option of ip(8).
type optionName struct {
	long  string
	whole bool // must not be cut short
}

// options are in the order in which ip(8) tries them.
var options = []optionName{
	{"-loops", false},
	{"-family", false},
	{"-4", true},
	{"-6", true},
	{"-0", true},
	{"-M", true},
	{"-B", true},
	{"-human-readable", false},
	{"-iec", false},
	{"-statistics", false},
	{"-stats", false},
	{"-details", false},
	{"-resolve", false},
	{"-oneline", false},
	{"-timestamp", false},
	{"-tshort", false},
	{"-Version", false},
	{"-force", false},
	{"-batch", false},
	{"-brief", false},
	{"-json", false},
	{"-pretty", false},
	{"-rcvbuf", false},
	{"-color", false},
	{"-help", false},
	{"-netns", false},
	{"-Numeric", false},
	{"-all", false},
	{"-echo", true},
}

// longOption returns the option that ip(8) takes name for, which starts with one dash, or "" if it is none.
func longOption(name string) string {
	if color, when, hasValue := strings.Cut(name, "="); hasValue {
		if means(color, "-color") && (when == "" || when == "always" || when == "auto" || when == "never") {
			return "-color"
		}
		return ""
	}
	for _, o := range options {
		if name == o.long || !o.whole && means(name, o.long) {
			return o.long
		}
	}
	return ""
}
