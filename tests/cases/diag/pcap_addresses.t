% pcap en10mb
host 256.1.1.1
host 0x10.1
net 192.168/8
net 192.168 mask 255.0.0.0
net 10.0.0.0/33
ip6 net 2001:db8::1/32
net fe80::/129
host fe80::10.20.30.256
ether host ab:cd:ef:0g:00:00
host 00:11:22:33:44:55
ether host 10.1
host 10.0.0.0/8
ip6 host 2001:db8::/32
tcp host 10.0.0.1
ip host ::1
decnet host 64.1
----
expression:1:6: error: '256.1.1.1' is no IPv4 address: its parts are decimal, 0 to 255 [address]
  host 256.1.1.1
       ^~~~~~~~~
expression:1:6: error: '0x10.1' is no IPv4 address: its parts are decimal, 0 to 255 [address]
  host 0x10.1
       ^~~~~~
expression:1:5: error: the address has bits outside of its mask: 192.0.0.0 remains [mask]
  net 192.168/8
      ^~~~~~~~~
expression:1:5: error: the address has bits outside of its mask: 192.0.0.0 remains [mask]
  net 192.168 mask 255.0.0.0
      ^~~~~~~~~~~~~~~~~~~~~~
expression:1:14: error: a prefix of IPv4 has at most 32 bits [mask]
  net 10.0.0.0/33
               ^~
expression:1:9: error: the address has bits behind the first 32, which are all that is asked [mask]
  ip6 net 2001:db8::1/32
          ^~~~~~~~~~~~~~
expression:1:12: error: a prefix of IPv6 has at most 128 bits [mask]
  net fe80::/129
             ^~~
expression:1:6: error: 'fe80::10.20.30.256' is neither an IPv6 address nor a MAC address [address]
  host fe80::10.20.30.256
       ^~~~~~~~~~~~~~~~~~
expression:1:12: error: 'ab:cd:ef:0g:00:00' is neither an IPv6 address nor a MAC address [address]
  ether host ab:cd:ef:0g:00:00
             ^~~~~~~~~~~~~~~~~
expression:1:6: error: a MAC address stands behind 'ether host', 'ether src' or 'ether dst' [qualifier]
  host 00:11:22:33:44:55
       ^~~~~~~~~~~~~~~~~
expression:1:12: error: this is no address of the link layer; they look like 00:11:22:33:44:55 [mac-address]
  ether host 10.1
             ^~~~
expression:1:6: error: a mask is for networks; say 'net' [qualifier]
  host 10.0.0.0/8
       ^~~~~~~~~~
expression:1:10: error: a prefix is for networks; say 'net' [qualifier]
  ip6 host 2001:db8::/32
           ^~~~~~~~~~~~~
expression:1:1: error: 'tcp' does not go with an IPv4 address; 'ip', 'arp' and 'rarp' do [qualifier]
  tcp host 10.0.0.1
  ^~~~~~~~
expression:1:1: error: 'ip' does not go with an IPv6 address; 'ip6' does [qualifier]
  ip host ::1
  ^~~~~~~
expression:1:13: error: '64.1' is no DECnet address: AREA.NODE, 0.0 to 63.1023 [address]
  decnet host 64.1
              ^~~~
