// Package container finds the network namespaces of containers. It asks the engine through its own command
// ("docker inspect", "podman inspect"), which knows about contexts, DOCKER_HOST and rootless set-ups and costs a program that does not
// need it nothing, and believes the answer only as far as the kernel confirms it here: see [Engine.Find].
//
// What the user calls a container is checked before the command sees it, is passed as one argument behind "--", and never
// reaches a shell. Every call has a time limit, and every answer a limit of size.
//
// # Thread rules
//
// Everything is safe for concurrent use, and no thread is switched. The command is a child of the calling thread and
// inherits its namespaces.
package container
