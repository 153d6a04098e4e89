//go:build tools

// Package tools names the commands to build, so that go.mod pins what they need.
package tools

import (
	_ "github.com/cloudnativelabs/kube-router/v2/cmd/kube-router"
)
