% c
*filter
:INPUT ACCEPT [0:0]
:a - [0:0]
-A INPUT -s 10.0.0.1 -j a
-A a -j DROP
COMMIT
----
static __always_inline int c1_filter_a
