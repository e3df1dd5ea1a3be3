% pcap en10mb
tcp and
port 80 or or 443
(tcp port 80
lldp
ip host
tcp port 80 443
byte 1 ^ 2
vlan any
net 10/8
len >
host 1.2.3.4 ; ls
ether
80
tcp[0
not
----
expression:1:8: error: the end of the expression is not expected here: there must be more, such as 'port 53' or '= 1' [syntax]
  tcp and
         ^
expression:1:12: error: 'or' is not expected here [syntax]
  port 80 or or 443
             ^~
expression:1:13: error: the end of the expression is not expected here, but 'and', 'or' or ')' [syntax]
  (tcp port 80
              ^
expression:1:1: error: 'lldp' is no word of the language here; a name stands behind 'host', 'net', 'port', 'proto' [syntax]
  lldp
  ^~~~
expression:1:8: error: the end of the expression is not expected here: there must be more, such as 'port 53' or '= 1' [syntax]
  ip host
         ^
expression:1:13: error: '443' is not expected here, but the end of the expression, 'and' or 'or' [syntax]
  tcp port 80 443
              ^~~
expression:1:8: error: '^' is not expected here [syntax]
  byte 1 ^ 2
         ^
expression:1:6: error: 'any' is no word of the language here; a name stands behind 'host', 'net', 'port', 'proto' [syntax]
  vlan any
       ^~~
expression:1:7: error: '/' is not expected here, but the end of the expression, 'and' or 'or'; networks are written with a dot: 10.0.0.0/8 [syntax]
  net 10/8
        ^
expression:1:6: error: the end of the expression is not expected here: there must be more, such as 'port 53' or '= 1' [syntax]
  len >
       ^
expression:1:14: error: ';' is not expected here [syntax]
  host 1.2.3.4 ; ls
               ^
expression:1:1: error: a link layer alone is no test; what of it? 'ether host', 'ether proto', 'ether[0]' [syntax]
  ether
  ^~~~~
expression:1:3: error: the end of the expression is not expected here: there must be more, such as 'port 53' or '= 1' [syntax]
  80
    ^
expression:1:6: error: the end of the expression is not expected here: there must be more, such as 'port 53' or '= 1' [syntax]
  tcp[0
       ^
expression:1:4: error: the end of the expression is not expected here: there must be more, such as 'port 53' or '= 1' [syntax]
  not
     ^
