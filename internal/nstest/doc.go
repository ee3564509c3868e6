// Package nstest gives the tests a Linux of their own: a mount and a network namespace made for the test binary, and a user
// namespace too when the tests are not run as root. Whatever a test does there ends with it, and the run
// directory of the machine is out of reach.
//
// A package that touches the kernel has
//
//	func TestMain(m *testing.M) { os.Exit(nstest.Main(m).Run()) }
//
// which also checks at the end that the tests left no mount, descriptor, child or switched thread behind.
package nstest
