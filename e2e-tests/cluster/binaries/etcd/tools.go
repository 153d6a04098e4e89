//go:build tools

// Package tools names the commands to build, so that go.mod pins what they need.
package tools

import (
	_ "go.etcd.io/etcd/server/v3"
)
