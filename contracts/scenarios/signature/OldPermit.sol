// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// A dollar whose permits are older than the standard: all or nothing, and with the number in the call.
contract OldPermitDollar {
    string public constant name = "Dai Stablecoin";
    string public constant symbol = "DAI";
    uint8 public constant decimals = 18;
    bytes32 public constant PERMIT_TYPEHASH =
        keccak256("Permit(address holder,address spender,uint256 nonce,uint256 expiry,bool allowed)");
    bytes32 public immutable DOMAIN_SEPARATOR = keccak256(abi.encode("Dai Stablecoin", block.chainid, address(this)));
    address private immutable minter = msg.sender;
    uint256 public totalSupply;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;
    mapping(address => uint256) public nonces;

    event Approval(address indexed src, address indexed guy, uint256 wad);
    event Transfer(address indexed src, address indexed dst, uint256 wad);

    function mint(address to, uint256 wad) external {
        require(msg.sender == minter, "Dai/not-authorized");
        balanceOf[to] += wad;
        totalSupply += wad;
        emit Transfer(address(0), to, wad);
    }

    function approve(address guy, uint256 wad) external returns (bool) {
        allowance[msg.sender][guy] = wad;
        emit Approval(msg.sender, guy, wad);
        return true;
    }

    function transfer(address dst, uint256 wad) external returns (bool) {
        return transferFrom(msg.sender, dst, wad);
    }

    function transferFrom(address src, address dst, uint256 wad) public returns (bool) {
        if (src != msg.sender && allowance[src][msg.sender] != type(uint256).max) allowance[src][msg.sender] -= wad;
        balanceOf[src] -= wad;
        balanceOf[dst] += wad;
        emit Transfer(src, dst, wad);
        return true;
    }

    function permit(address holder, address spender, uint256 nonce, uint256 expiry, bool allowed, uint8 v, bytes32 r, bytes32 s)
        external
    {
        bytes32 said = keccak256(abi.encode(PERMIT_TYPEHASH, holder, spender, nonce, expiry, allowed));
        bytes32 digest = keccak256(abi.encodePacked("\x19\x01", DOMAIN_SEPARATOR, said));
        require(holder != address(0) && holder == ecrecover(digest, v, r, s), "Dai/invalid-permit");
        require(expiry == 0 || block.timestamp <= expiry, "Dai/permit-expired");
        require(nonce == nonces[holder]++, "Dai/invalid-nonce");
        allowance[holder][spender] = allowed ? type(uint256).max : 0;
        emit Approval(holder, spender, allowance[holder][spender]);
    }
}

/// Pays people's invoices for them: they sign one permit, and a cashier brings the invoices.
contract InvoiceDesk {
    OldPermitDollar private immutable dollar;
    address private immutable cashier = msg.sender;

    event Paid(address indexed who, address indexed shop, uint256 amount, bytes32 invoice);

    constructor(OldPermitDollar dollar_) {
        dollar = dollar_;
    }

    function pay(address who, address shop, uint256 amount, bytes32 invoice) external {
        require(msg.sender == cashier, "not the cashier");
        dollar.transferFrom(who, shop, amount);
        emit Paid(who, shop, amount, invoice);
    }
}
