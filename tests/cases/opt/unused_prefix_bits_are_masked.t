% c
*filter
:INPUT ACCEPT [0:0]
-A INPUT -s 10.1.2.3/255.0.0.255 -j DROP
COMMIT
----
(src & 0xff0000ff) == 0xa000003
