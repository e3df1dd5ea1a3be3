*filter
-A INPUT -m bpf --bytecode "2,6 0 0 1" -j DROP
COMMIT
----
rules:2:28: error: --bytecode wants as many instructions as the first number says at byte 9 of '2,6 0 0 1' [bytes]
  -A INPUT -m bpf --bytecode "2,6 0 0 1" -j DROP
                             ^~~~~~~~~~~
