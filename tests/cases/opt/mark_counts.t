*mangle
:INPUT ACCEPT [0:0]
-A INPUT -s 10.0.0.1 -j MARK --set-mark 1
-A INPUT -j DROP
COMMIT
----
#1 count: 1 terms
