% c
*filter
:INPUT ACCEPT [0:0]
:a - [0:0]
-A INPUT -s 10.0.0.1 -j a
-A INPUT -s 10.0.0.2 -j a
-A a -d 10.0.0.9 -j DROP
COMMIT
----
__noinline int c1_filter_a
