% pcap raw
ether host 00:11:22:33:44:55
vlan
mpls
llc
broadcast
multicast
inbound
ifindex 3
wlan type mgt
vpi 3
on eth0
----
expression:1:12: error: a MAC address needs Ethernet frames [link-type]
  ether host 00:11:22:33:44:55
             ^~~~~~~~~~~~~~~~~
expression:1:1: error: 'vlan' needs Ethernet frames [link-type]
  vlan
  ^~~~
expression:1:1: error: 'mpls' needs Ethernet frames or PPP [link-type]
  mpls
  ^~~~
expression:1:1: error: 'llc' needs Ethernet frames [link-type]
  llc
  ^~~
expression:1:1: error: frames of this link have no address to tell a broadcast from; 'ip broadcast' asks the address of IPv4 [link-type]
  broadcast
  ^~~~~~~~~
expression:1:1: error: frames of this link have no address to tell a multicast from; 'ip multicast' asks the address of IPv4 [link-type]
  multicast
  ^~~~~~~~~
expression:1:1: error: these packets do not tell their direction; only sockets and 'linux_sll' captures know [link-type]
  inbound
  ^~~~~~~
expression:1:1: error: these packets do not tell their interface; only sockets and 'linux_sll' captures know [link-type]
  ifindex 3
  ^~~~~~~~~
expression:1:6: error: 'type' is for 802.11 links, which tamiz knows no filters of [link-type]
  wlan type mgt
       ^~~~
expression:1:1: error: 'vpi' is for ATM, which tamiz knows no filters of [link-type]
  vpi 3
  ^~~
expression:1:1: error: 'on' is for logs of OpenBSD's pf, which tamiz knows no filters of [link-type]
  on eth0
  ^~
