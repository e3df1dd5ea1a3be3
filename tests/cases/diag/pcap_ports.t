% pcap en10mb
tcp port 70000
tcp portrange 1-70000
port nosuch
portrange smtp
udp port smtp
port 1.2.3.4
icmp port 7
ip6 src port 53
----
expression:1:10: error: port 70000 is out of range 0-65535 [port-range]
  tcp port 70000
           ^~~~~
expression:1:15: error: port 70000 is out of range 0-65535 [port-range]
  tcp portrange 1-70000
                ^~~~~~~
expression:1:6: error: there is no service 'nosuch' [port]
  port nosuch
       ^~~~~~
expression:1:11: error: there is no range of services 'smtp' [port]
  portrange smtp
            ^~~~
expression:1:10: error: 'smtp' is a service of tcp alone [port]
  udp port smtp
           ^~~~
expression:1:6: error: a port is a number or a name, this is an address [qualifier]
  port 1.2.3.4
       ^~~~~~~
expression:1:1: error: 'icmp' has no ports, but 'tcp', 'udp' and 'sctp' [qualifier]
  icmp port 7
  ^~~~~~~~~
expression:1:1: error: 'ip6' has no ports, but 'tcp', 'udp' and 'sctp' [qualifier]
  ip6 src port 53
  ^~~~~~~~~~~~
