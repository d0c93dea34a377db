// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {FlashLender, IBorrower, Pool} from "../props/Markets.sol";
import {Token} from "../props/Tokens.sol";

/// A jar of one token that grows by what its farm pays in another. Anybody may have a third of the crop sold, for whatever
/// the pool gives at that moment.
contract GrainJar {
    Token public immutable want;
    Token public immutable crop;
    Pool public immutable pool;
    uint256 public batch;
    uint256 public lastRate;
    uint256 public shares;
    mapping(address => uint256) public sharesOf;

    event Earned(uint256 sold, uint256 got);

    constructor(Token want_, Token crop_, Pool pool_, uint256 batch_) {
        (want, crop, pool, batch) = (want_, crop_, pool_, batch_);
    }

    function put(uint256 amount) external {
        uint256 before = want.balanceOf(address(this));
        want.transferFrom(msg.sender, address(this), amount);
        uint256 minted = shares == 0 ? amount : amount * shares / before;
        sharesOf[msg.sender] += minted;
        shares += minted;
    }

    function take(uint256 amount) external {
        uint256 out = amount * want.balanceOf(address(this)) / shares;
        sharesOf[msg.sender] -= amount;
        shares -= amount;
        want.transfer(msg.sender, out);
    }

    function earn() external {
        uint256 sold = crop.balanceOf(address(this));
        if (sold > batch) sold = batch;
        crop.approve(address(pool), sold);
        uint256 got = pool.sell(crop, sold, address(this));
        lastRate = got * 1e18 / sold;
        emit Earned(sold, got);
    }
}

abstract contract CropBorrower is IBorrower {
    function onFlashLoan(address, address token, uint256 amount, uint256 fee, bytes calldata data)
        external
        returns (bytes32)
    {
        work(amount, amount + fee, data);
        Token(token).approve(msg.sender, amount + fee);
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }

    function work(uint256 amount, uint256 due, bytes calldata data) internal virtual;

    function swap(Pool pool, Token from, uint256 amount) internal returns (uint256) {
        from.approve(address(pool), amount);
        return pool.sell(from, amount, address(this));
    }
}

/// Sells much of what the jar is about to sell, has it sell, and buys it all back.
contract GrainThief is CropBorrower {
    function run(FlashLender lender, GrainJar jar, uint256 amount, uint256 rounds, address payee) external {
        lender.flashLoan(this, jar.crop(), amount, abi.encode(jar, rounds));
        Token want = jar.want();
        swap(jar.pool(), jar.crop(), jar.crop().balanceOf(address(this)));
        want.transfer(payee, want.balanceOf(address(this)));
    }

    function work(uint256 amount, uint256, bytes calldata data) internal override {
        (GrainJar jar, uint256 rounds) = abi.decode(data, (GrainJar, uint256));
        uint256 got = swap(jar.pool(), jar.crop(), amount);
        for (uint256 i = 0; i < rounds; i++) jar.earn();
        swap(jar.pool(), jar.want(), got);
    }
}

/// Has the jar sell, and carries what is cheap here for it to where it is dear.
contract GrainCarrier is CropBorrower {
    function run(FlashLender lender, GrainJar jar, Pool dear, uint256 amount, uint256 rounds, address payee) external {
        for (uint256 i = 0; i < rounds; i++) jar.earn();
        lender.flashLoan(this, jar.want(), amount, abi.encode(jar, dear));
        Token want = jar.want();
        want.transfer(payee, want.balanceOf(address(this)));
    }

    function work(uint256 amount, uint256 due, bytes calldata data) internal override {
        (GrainJar jar, Pool dear) = abi.decode(data, (GrainJar, Pool));
        uint256 crop = swap(jar.pool(), jar.want(), amount);
        require(swap(dear, jar.crop(), crop) > due, "no gain");
    }
}
