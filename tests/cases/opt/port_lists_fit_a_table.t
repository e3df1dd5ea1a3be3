% replace
*filter
:INPUT ACCEPT [0:0]
% repeat 20 -A INPUT -s 10.#.0.0/16 -p tcp -m multiport --dports 80,443,8000:8100 -j DROP
COMMIT
----
table 0, 40 decisions
