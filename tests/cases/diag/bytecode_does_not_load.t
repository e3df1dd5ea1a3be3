*filter
-A INPUT -m bpf --bytecode "2,48 0 0 0,52 0 0 0" -j DROP
COMMIT
----
rules:2:28: error: --bytecode: the kernel does not load this program: instruction 1: divides by zero [bytes]
  -A INPUT -m bpf --bytecode "2,48 0 0 0,52 0 0 0" -j DROP
                             ^~~~~~~~~~~~~~~~~~~~~
