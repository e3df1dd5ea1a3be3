% legacy
*filter
:INPUT ACCEPT [0:0]
-A INPUT -p udp -m udp --dport 53 -j DROP
COMMIT
----
#1 pass: 1 terms fragment
