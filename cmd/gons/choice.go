package main

import (
	"fmt"
	"slices"
	"strings"
)

// A choice is a flag that takes one of some words. Its value is the number of the word.
type choice[T ~int] struct {
	value *T
	words []string
}

func (f choice[T]) Type() string { return strings.Join(f.words, "|") }

func (f choice[T]) String() string {
	if f.value == nil {
		return ""
	}
	return f.words[*f.value]
}

func (f choice[T]) Set(word string) error {
	n := slices.Index(f.words, word)
	if n < 0 {
		return fmt.Errorf("must be one of %s", strings.Join(f.words, ", "))
	}
	*f.value = T(n)
	return nil
}
