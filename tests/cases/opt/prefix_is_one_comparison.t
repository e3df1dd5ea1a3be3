% c
*filter
:INPUT ACCEPT [0:0]
-A INPUT -s 192.0.2.0/24 -j DROP
COMMIT
----
(src & 0xffffff00) == 0xc0000200
