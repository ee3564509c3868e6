package output

import (
	"encoding/json"
	"io"
)

// JSON writes v as one line. A nil slice should be avoided: it is null, not [].
func JSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
