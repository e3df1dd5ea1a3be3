% pcap en10mb
mpls and vlan
mpls and arp
pppoes and vlan
geneve and protochain 6
geneve and geneve and geneve and geneve and geneve and geneve
inbound
----
expression:1:10: error: there is no 'vlan' behind 'mpls' [link-type]
  mpls and vlan
           ^~~~
expression:1:10: error: behind 'mpls' only IPv4 and IPv6 can be told apart [link-type]
  mpls and arp
           ^~~
expression:1:12: error: 'vlan' needs Ethernet frames [link-type]
  pppoes and vlan
             ^~~~
expression:1:23: error: 'protochain' does not go behind 'geneve' or 'vxlan' [link-type]
  geneve and protochain 6
                        ^
expression:1:56: error: at most 5 tunnels can be inside each other [too-complex]
  geneve and geneve and geneve and geneve and geneve and geneve
                                                         ^~~~~~
expression:1:1: error: these packets do not tell their direction; only sockets and 'linux_sll' captures know [link-type]
  inbound
  ^~~~~~~
