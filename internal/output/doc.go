// Package output writes results: tables for a terminal, tab-separated records for everything else, JSON, and text that
// is safe to show. It knows nothing of namespaces.
package output
