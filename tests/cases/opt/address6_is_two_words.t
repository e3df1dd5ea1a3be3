% c
*filter
:INPUT ACCEPT [0:0]
-A INPUT -s 2001:db8::/32 -j DROP
COMMIT
----
(src_hi & 0xffffffff00000000) == 0x20010db800000000
