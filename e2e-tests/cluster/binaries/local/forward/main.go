// Command forward lets programs outside a network namespace reach one address inside it:
//
//	forward -namespace /proc/PID/ns/net -to 127.0.0.1:6443 -listen 127.0.0.1:0 -port-file FILE
//
// It listens where it was started and dials inside the namespace. It ends when the namespace's process does.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"runtime"
	"syscall"
)

// The system call setns, which package syscall does not wrap.
var setnsNumber = map[string]uintptr{"amd64": 308, "arm64": 268}

func main() {
	namespace := flag.String("namespace", "", "network namespace, a file")
	to := flag.String("to", "", "address inside, ip:port")
	listen := flag.String("listen", "127.0.0.1:0", "address outside")
	portFile := flag.String("port-file", "", "file that gets the port")
	flag.Parse()

	file, err := os.Open(*namespace)
	if err != nil {
		log.Fatalf("namespace %q: %v", *namespace, err)
	}
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatalf("listen on %s: %v", *listen, err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	temporary := *portFile + ".new"
	if err := os.WriteFile(temporary, []byte(fmt.Sprintf("%d\n", port)), 0o644); err != nil {
		log.Fatal(err)
	}
	if err := os.Rename(temporary, *portFile); err != nil {
		log.Fatal(err)
	}
	dials := make(chan request)
	go dialer(file, *to, dials)
	for {
		outside, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go forward(outside, dials)
	}
}

type request struct{ answer chan net.Conn }

// dialer owns one thread, moved into the namespace: a socket belongs to the namespace of the thread that made it.
func dialer(namespace *os.File, to string, dials <-chan request) {
	runtime.LockOSThread()
	number, known := setnsNumber[runtime.GOARCH]
	if !known {
		log.Fatalf("no system call number for setns on %s", runtime.GOARCH)
	}
	if _, _, errno := syscall.RawSyscall(number, namespace.Fd(), syscall.CLONE_NEWNET, 0); errno != 0 {
		log.Fatalf("enter %s: %v", namespace.Name(), errno)
	}
	for r := range dials {
		inside, err := net.Dial("tcp", to)
		if err != nil {
			log.Printf("dial %s: %v", to, err)
			close(r.answer)
			continue
		}
		r.answer <- inside
	}
}

func forward(outside net.Conn, dials chan<- request) {
	defer outside.Close()
	r := request{make(chan net.Conn, 1)}
	dials <- r
	inside, ok := <-r.answer
	if !ok {
		return
	}
	defer inside.Close()
	go func() {
		_, _ = io.Copy(inside, outside)
		_ = inside.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(outside, inside)
}
