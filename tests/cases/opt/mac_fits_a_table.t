*filter
:INPUT ACCEPT [0:0]
% repeat 20 -A INPUT -s 10.0.0.# -m mac --mac-source 02:00:00:00:00:01 -j DROP
COMMIT
----
table 0, 40 decisions
