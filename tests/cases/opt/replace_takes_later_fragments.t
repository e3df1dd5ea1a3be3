% replace
*filter
:INPUT ACCEPT [0:0]
-A INPUT -f -j DROP
COMMIT
----
#1 drop: 0 terms fragment
