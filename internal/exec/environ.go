package exec

import (
	"slices"
	"strings"
)

// EnvName is the variable that tells a program the name of the namespace it was started in.
const EnvName = "GONS_NETNS"

// Getenv returns the value of key in env, which is like [os.Environ]; empty if it has none.
func Getenv(env []string, key string) string {
	for _, kv := range env {
		if value, ok := strings.CutPrefix(kv, key+"="); ok {
			return value
		}
	}
	return ""
}

// Setenv returns env with key set to value.
func Setenv(env []string, key, value string) []string {
	return append(Unsetenv(env, key), key+"="+value)
}

// Unsetenv returns env without key.
func Unsetenv(env []string, key string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(kv string) bool { return strings.HasPrefix(kv, key+"=") })
}

// Env returns env as it is to be for the account: HOME, USER and LOGNAME are his, or missing if he has no name.
func (a *Account) Env(env []string) []string {
	home := a.Home
	if home == "" {
		home = "/"
	}
	env = Setenv(env, "HOME", home)
	for _, key := range []string{"USER", "LOGNAME"} {
		env = Unsetenv(env, key)
		if a.Name != "" {
			env = append(env, key+"="+a.Name)
		}
	}
	return env
}
