package policy

// systemFile is the policy of the machine. It is not taken from the
// environment, or else it would bind nobody. Tests set it when they link.
var systemFile = `C:\ProgramData\goshim\policy.toml`
