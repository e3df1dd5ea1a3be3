% replace c
*filter
:INPUT ACCEPT [0:0]
-A INPUT -p tcp -m tcp --dport 53 -j ACCEPT
COMMIT
----
(l4 & 0x400) == 0x400 && proto == 6
