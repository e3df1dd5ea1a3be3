*filter
:INPUT ACCEPT [0:0]
% repeat 16 -A INPUT -s 10.#.0.0/16 -j DROP
-A INPUT -m iprange --src-range 10.1.0.3-200.3.9.201 -m iprange --dst-range 10.1.0.3-200.3.9.201 -j DROP
% repeat 16 -A INPUT -d 10.#.0.0/16 -j DROP
COMMIT
----
table 0, 16 decisions
code, 1 decisions
table 1, 16 decisions
