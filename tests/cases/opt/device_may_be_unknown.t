% no-device
*filter
:INPUT ACCEPT [0:0]
-A INPUT -i eth0 -j ACCEPT
-A INPUT -s 10.0.0.1 -j DROP
COMMIT
----
#1 accept: 0 terms
