// Package completion speaks with the shells when the user presses Tab: it has the script for each shell, reads the command line that the
// script hands over, and writes back what can be put on it. What there is to offer is not its business.
//
// A name can hold any byte but a slash and a NUL. What gets on the command line is therefore always quoted for the shell, and what is
// only shown is text that a terminal does not obey. Nothing that is on the line is ever evaluated.
//
// # Thread rules
//
// Nothing here is shared; all functions work on their arguments alone.
package completion
