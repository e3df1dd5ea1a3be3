*filter
:INPUT ACCEPT [0:0]
% repeat 20 -A INPUT ! -s 10.#.0.0/16 -d 10.0.0.# -j DROP
COMMIT
----
table 0, 20 decisions
