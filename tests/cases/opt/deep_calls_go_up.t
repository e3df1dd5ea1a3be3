*filter
:INPUT ACCEPT [0:0]
:d1 - [0:0]
:d2 - [0:0]
:d3 - [0:0]
:d4 - [0:0]
:d5 - [0:0]
:d6 - [0:0]
:d7 - [0:0]
-A INPUT -s 10.0.0.1 -j d1
-A INPUT -s 10.0.0.2 -j d2
-A INPUT -s 10.0.0.3 -j d3
-A INPUT -s 10.0.0.4 -j d4
-A INPUT -s 10.0.0.5 -j d5
-A INPUT -s 10.0.0.6 -j d6
-A INPUT -s 10.0.0.7 -j d7
-A d1 -d 10.0.1.0/24 -j d2
-A d2 -d 10.0.2.0/24 -j d3
-A d3 -d 10.0.3.0/24 -j d4
-A d4 -d 10.0.4.0/24 -j d5
-A d5 -d 10.0.5.0/24 -j d6
-A d6 -d 10.0.6.0/24 -j d7
-A d7 -j DROP
COMMIT
----
pass: 1 terms (
