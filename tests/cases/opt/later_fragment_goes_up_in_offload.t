*filter
:INPUT ACCEPT [0:0]
-A INPUT -f -j DROP
COMMIT
----
#1 pass: 0 terms fragment
