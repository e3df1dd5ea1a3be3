*filter
:INPUT ACCEPT [0:0]
% repeat 16 -A INPUT -s 10.#.0.0/16 -j DROP
COMMIT
----
table 0, 16 decisions
tables 1, nodes
