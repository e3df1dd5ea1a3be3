% legacy
*filter
:INPUT ACCEPT [0:0]
-A INPUT -m bpf --bytecode "4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0" -j DROP
COMMIT
----
#1 drop: 1 terms, not mergeable whole short stub
