package main

import (
	"context"
	"os"
	"os/signal"
	"slices"
)

// notify is [signal.Notify] without the signals that gons was started to ignore, as by nohup(1) or in the background of a script: it and
// what it starts go on ignoring them.
func notify(c chan<- os.Signal, signals ...os.Signal) {
	if signals = slices.DeleteFunc(signals, signal.Ignored); len(signals) > 0 { // none would mean all
		signal.Notify(c, signals...)
	}
}

// notifyContext is [signal.NotifyContext] with the exception that notify makes.
func notifyContext(parent context.Context, signals ...os.Signal) (context.Context, context.CancelFunc) {
	if signals = slices.DeleteFunc(signals, signal.Ignored); len(signals) > 0 {
		return signal.NotifyContext(parent, signals...)
	}
	return context.WithCancel(parent)
}
