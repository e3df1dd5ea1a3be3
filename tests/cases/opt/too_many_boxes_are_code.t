% replace
*filter
:INPUT ACCEPT [0:0]
% repeat 20 -A INPUT -m iprange --src-range 10.#.0.3-10.#.9.201 -p tcp -m multiport --dports 1,3,5,7,9,11,13 -j DROP
COMMIT
----
code, 40 decisions
tables 0
