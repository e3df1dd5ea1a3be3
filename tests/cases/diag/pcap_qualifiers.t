% pcap en10mb
stp[0] = 1
tcp proto 6
arp protochain 6
tcp broadcast
arp multicast
ip broadcast
llc nosuch
proto 10.1
----
expression:1:1: error: 'stp' has no bytes to index; 'ether' has, 'ip', 'tcp', 'udp', 'icmp' ... [qualifier]
  stp[0] = 1
  ^~~~~~
expression:1:1: error: 'tcp' does not say what it carries: 'ether', 'ip', 'ip6', 'iso' and 'isis' have a 'proto' [qualifier]
  tcp proto 6
  ^~~~~~~~~
expression:1:1: error: 'arp' has no 'protochain', but 'ip' and 'ip6' [qualifier]
  arp protochain 6
  ^~~~~~~~~~~~~~
expression:1:1: error: 'tcp' knows no broadcast, but 'ether' and 'ip' [qualifier]
  tcp broadcast
  ^~~~~~~~~~~~~
expression:1:1: error: 'arp' knows no multicast, but 'ether', 'ip' and 'ip6' [qualifier]
  arp multicast
  ^~~~~~~~~~~~~
expression:1:1: error: 'ip broadcast' depends on the netmask of the network: say it (--netmask 255.255.255.0), or which addresses: 'dst host 192.0.2.255' [mask]
  ip broadcast
  ^~~~~~~~~~~~
expression:1:5: error: 'nosuch' is no kind of LLC frame: i, s, u, rr, rnr, rej, ui, ua, disc, dm, sabme, test, xid or frmr [keyword]
  llc nosuch
      ^~~~~~
expression:1:7: error: a protocol is a number or a name, this is an address [qualifier]
  proto 10.1
        ^~~~
