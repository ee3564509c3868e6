package main

import (
	"fmt"
	"math"
	"strings"
)

// The plot: panels of one size in rows of three, both axes logarithmic, so that what is linear is a straight line.
const (
	panelWidth, panelHeight = 280, 220
	left, right             = 44, 12
	top, bottom             = 30, 30
	perRow                  = 3

	gonsColor, otherColor = "#0969da", "#bc4c00"
)

// plot returns the curves as SVG.
func plot(curves []curve) string {
	var b strings.Builder
	rows := (len(curves) + perRow - 1) / perRow
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="11">`+"\n",
		perRow*panelWidth, rows*panelHeight)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="white"/>`+"\n")
	for i, c := range curves {
		c.draw(&b, i%perRow*panelWidth, i/perRow*panelHeight)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// draw draws one panel with its corner at x, y.
func (c curve) draw(b *strings.Builder, x, y int) {
	least, most := decades(c.gons, c.other)
	last := math.Log10(float64(sizes[len(sizes)-1]))
	atX := func(n int) float64 { return left + math.Log10(float64(n))/last*(panelWidth-left-right) }
	atY := func(ms float64) float64 {
		return panelHeight - bottom - (math.Log10(ms)-least)/(most-least)*(panelHeight-top-bottom)
	}
	fmt.Fprintf(b, `<g transform="translate(%d %d)">`+"\n", x, y)
	fmt.Fprintf(b, `<text x="%d" y="18" font-weight="bold">%s, ms</text>`+"\n", left, c.title)
	for d := least; d <= most; d++ {
		ms := math.Pow(10, d)
		fmt.Fprintf(b, `<path d="M%d %.1fH%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%g</text>`+"\n",
			left, atY(ms), panelWidth-right, left-5, atY(ms)+4, ms)
	}
	for _, n := range sizes {
		fmt.Fprintf(b, `<text x="%.1f" y="%d" text-anchor="middle">%d</text>`+"\n", atX(n), panelHeight-bottom+15, n)
	}
	for _, line := range []struct {
		name, color string
		values      []float64
		dy          float64
	}{{c.peer, otherColor, c.other, -6}, {"gons", gonsColor, c.gons, 14}} {
		var points []string
		for i, ms := range line.values {
			points = append(points, fmt.Sprintf("%.1f,%.1f", atX(sizes[i]), atY(ms)))
			fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="2.5" fill="%s"/>`+"\n", atX(sizes[i]), atY(ms), line.color)
		}
		fmt.Fprintf(b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="1.5"/>`+"\n", strings.Join(points, " "), line.color)
		fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="middle" fill="%s">%s</text>`+"\n",
			atX(sizes[1]), atY(line.values[1])+line.dy, line.color, line.name)
	}
	b.WriteString("</g>\n")
}

// decades returns the powers of ten that all values are between.
func decades(all ...[]float64) (least, most float64) {
	least, most = math.Inf(1), math.Inf(-1)
	for _, values := range all {
		for _, v := range values {
			least, most = min(least, math.Floor(math.Log10(v))), max(most, math.Ceil(math.Log10(v)))
		}
	}
	return least, max(most, least+1)
}
