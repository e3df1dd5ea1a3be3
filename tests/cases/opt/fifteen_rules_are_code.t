*filter
:INPUT ACCEPT [0:0]
% repeat 15 -A INPUT -s 10.#.0.0/16 -j DROP
COMMIT
----
code, 15 decisions
tables 0
