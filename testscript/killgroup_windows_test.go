package testscript

import "os/exec"

// killGroup does nothing: on Windows, the cancellation of cmd's context kills
// cmd alone.
func killGroup(*exec.Cmd) {}
