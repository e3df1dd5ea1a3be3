*filter
:INPUT ACCEPT [0:0]
:a - [0:0]
% repeat 100 -A INPUT -s 10.0.#.0/24 -j a
% repeat 16 -A a -d 10.0.0.# -j DROP
COMMIT
----
table 0, 64 decisions
table 1, 36 decisions
